import { Field, makeStyles, Textarea, tokens } from '@fluentui/react-components';
import { CopyButton } from '../copy-button.tsx';
import { SaveTextButton } from '../save-text-button.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalS, alignItems: 'flex-start' },
  field: { width: '100%' },
  row: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
});

/** The public half of a key pair that was made here. It is no secret and stays to be had in the tenant's drawer. */
export function PublicCertificate({ pem }: { pem: string }) {
  const styles = useStyles();
  return (
    <div className={styles.stack}>
      <Field
        className={styles.field}
        label="Public certificate"
        hint="Upload it in the Entra admin center: App registrations, the app, Certificates and secrets. Until then the access check is refused."
      >
        <Textarea readOnly rows={4} value={pem} />
      </Field>
      <div className={styles.row}>
        <SaveTextButton name="tenantkeep-certificate.pem" text={pem}>
          Save certificate
        </SaveTextButton>
        <CopyButton text={pem}>Copy certificate</CopyButton>
      </div>
    </div>
  );
}
